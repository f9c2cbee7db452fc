// The list of who is inside is complete once it is open; only printing wants the script.
const button = document.getElementById("print");
button.hidden = false;
button.onclick = () => print();
