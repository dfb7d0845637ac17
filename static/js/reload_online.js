// On the offline page: load the page that was asked for as soon as it can be had. Without a network, and also while the
// server restarts, which no event tells.
const INTERVAL = 5000;

async function retry() {
  const answer = await fetch(location.href, { method: "HEAD", cache: "no-store" }).catch(() => null);
  if (answer) location.reload();
}

addEventListener("online", retry);
setInterval(retry, INTERVAL);
