// Songs with check boxes: one button selects all of a page or none, the other says how many are chosen.
for (const form of document.querySelectorAll(".choose")) {
  const boxes = [...form.querySelectorAll("input[name=song]")];
  const all = form.querySelector("[data-choose-all]");
  const add = form.querySelector("[data-count]");
  const [everything, plain] = [all.textContent, add.textContent];
  const count = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    add.textContent = chosen ? add.dataset.count.replace("%(n)s", chosen) : plain;
    add.disabled = !chosen;
    all.textContent = chosen === boxes.length ? all.dataset.none : everything;
  };
  all.hidden = !boxes.length;
  all.addEventListener("click", () => {
    const wanted = boxes.some((box) => !box.checked);
    for (const box of boxes) {
      box.checked = wanted;
    }
    count();
  });
  form.addEventListener("change", count);
  addEventListener("pageshow", count); // the browser restores the boxes when one comes back
  count();
}
