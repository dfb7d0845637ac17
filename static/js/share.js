// Copies the link of the page; over plain http, as in most rooms, browsers give no clipboard, so the old way follows.
const link = document.getElementById("share-link");
const button = document.getElementById("share-copy");
const said = document.getElementById("share-said");

async function copied() {
  try {
    await navigator.clipboard.writeText(link.value);
    return true;
  } catch {
    link.focus();
    link.select();
    return document.execCommand("copy");
  }
}

button.hidden = false;
button.addEventListener("click", async () => {
  const words = (await copied()) ? button.dataset.done : button.dataset.failed;
  button.textContent = words;
  said.textContent = words;
});
