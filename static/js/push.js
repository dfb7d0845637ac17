// Calls on a locked phone (Web Push): one button turns them on and off for this jam. Loaded by musician.js.
const canPush = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
const isApple = /iPhone|iPad|Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1;

const live = document.getElementById("live");
const button = () => document.getElementById("push");

function show(id, isShown) {
  const element = document.getElementById(id);
  if (element) element.hidden = !isShown;
}

// The strip is replaced now and then, so this is done again each time.
function update() {
  const isDenied = canPush && Notification.permission === "denied";
  show("push", canPush && !isDenied);
  show("push-denied", isDenied);
  show("push-iphone", !canPush && isApple);
}

// The key of this site as the browser wants it. After a new key, a subscription made with the old one is of no use.
async function readSubscription(key) {
  const { pushManager } = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: key };
  return pushManager.subscribe(options).catch(async (error) => {
    if (error.name !== "InvalidStateError") throw error;
    await (await pushManager.getSubscription())?.unsubscribe();
    return pushManager.subscribe(options);
  });
}

const send = (address, values) => htmx.ajax("POST", address, { source: live, swap: "none", values });

async function toggle() {
  const { on, off, key } = button().dataset;
  if (button().getAttribute("aria-pressed") === "true") return send(off, {});
  if ((await Notification.requestPermission()) !== "granted") return update();
  const { endpoint, keys } = (await readSubscription(key)).toJSON();
  return send(on, { endpoint, p256dh: keys.p256dh, auth: keys.auth });
}

document.addEventListener("click", ({ target }) => {
  if (target.closest("#push")) toggle().catch(() => show("push-denied", true));
});
document.addEventListener("htmx:afterSettle", update);
document.addEventListener("htmx:oobAfterSwap", update);
update();
