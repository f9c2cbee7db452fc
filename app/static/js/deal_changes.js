// The amend form says what will change before it is sent.

export default function dealChanges(form) {
  const panel = form.querySelector('[data-part="changes"]');
  const fields = ["kind", "value", "currency", "category", "subject", "signed_on", "note"];
  const shown = (name) => {
    const field = form.elements[name];
    if (field instanceof RadioNodeList) return form.querySelector(`[name="${name}"]:checked`)?.closest("label").textContent.trim() ?? "";
    return (field.tagName === "SELECT" ? field.selectedOptions[0]?.textContent : field.value).trim();
  };
  const label = (name) => {
    const field = form.elements[name];
    const words = field instanceof RadioNodeList ? field[0].closest("fieldset").querySelector("legend") : field.labels[0];
    return words.firstChild.textContent.trim();
  };
  const before = Object.fromEntries(fields.map((name) => [name, shown(name)]));

  form.addEventListener("input", () => {
    const list = document.createElement("ul");
    for (const name of fields) {
      if (shown(name) === before[name]) continue;
      const line = document.createElement("li");
      const old = Object.assign(document.createElement("del"), { textContent: before[name] || "–" });
      const fresh = Object.assign(document.createElement("ins"), { textContent: shown(name) || "–" });
      line.append(`${label(name)}: `, old, " → ", fresh);
      list.append(line);
    }
    panel.replaceChildren(list.children.length ? form.dataset.changed : form.dataset.unchanged, list);
    panel.hidden = false;
  });
}
