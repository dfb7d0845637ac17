// What was typed or pasted into a form is still there when one comes back or reloads: browsers forget it on pages that
// may not be stored. It is kept with the page's entry in the history of this tab, and so forgotten with it. A field that
// still holds what the page was made with ("initial-" and its name) is left out: another host may have changed it since.
for (const form of document.querySelectorAll("form[data-draft]")) {
  const fields = [...form.elements].filter((field) => field.name && !["hidden", "file", "submit"].includes(field.type));
  const draft = history.state?.draft ?? {};
  for (const field of fields) {
    field.value = draft[field.name] ?? field.value;
  }
  const isChanged = ({ name, value }) => value !== form.elements[`initial-${name}`]?.value;
  const keep = () => {
    const values = Object.fromEntries(fields.filter(isChanged).map((field) => [field.name, field.value]));
    history.replaceState({ ...history.state, draft: values }, "");
  };
  form.addEventListener("input", keep);
  form.addEventListener("change", keep);
}
