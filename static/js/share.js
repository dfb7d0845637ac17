// Hands the link of the page to another app where the browser can, and copies it. Over plain HTTP, as in most rooms,
// browsers offer neither sharing nor a clipboard API, so the old way of copying follows.
const link = document.getElementById("share-link");
const send = document.getElementById("share-send");
const copy = document.getElementById("share-copy");
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

send.hidden = !navigator.share;
send.addEventListener("click", () => {
  navigator.share({ title: send.dataset.title, url: link.value }).catch(() => {}); // closed without choosing an app
});
copy.hidden = false;
copy.addEventListener("click", async () => {
  const words = (await copyLink()) ? copy.dataset.done : copy.dataset.failed;
  copy.textContent = words;
  status.textContent = words;
});
