// Copies the link of the page. Over plain HTTP, as in most rooms, browsers offer no clipboard API, so the old way follows.
const link = document.getElementById("share-link");
const button = document.getElementById("share-copy");
const status = document.getElementById("share-said");

async function copyLink() {
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
  const words = (await copyLink()) ? button.dataset.done : button.dataset.failed;
  button.textContent = words;
  status.textContent = words;
});
