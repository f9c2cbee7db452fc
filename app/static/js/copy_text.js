// Copies what stands beside the button; without the clipboard's leave the text can still be marked by hand.

export default function copyText(button) {
  const label = button.textContent;
  button.addEventListener("click", async () => {
    await navigator.clipboard?.writeText(button.dataset.text);
    button.textContent = button.dataset.done;
    setTimeout(() => (button.textContent = label), 2000);
  });
}
