{% load static %}// Shows a page of our own when a page is opened without a network, and calls to musicians on a locked phone. Everything
// else goes to the network as ever.
const KEPT = "offline-{{ release }}";
const PAGE = "{% url 'offline' %}";
const PARTS = ["{% static 'js/theme.js' %}", "{% static 'css/pages/site.css' %}", "{% static 'js/reload_online.js' %}"];

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll([PAGE, ...PARTS])));
});

addEventListener("activate", (event) => {
  const forget = (names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(forget).then(() => clients.claim()));
});

addEventListener("fetch", (event) => {
  const { request } = event; // a form that was not sent must not be sent again by a reload of that page
  if (request.mode === "navigate" && request.method === "GET") {
    event.respondWith(fetch(request).catch(() => caches.match(PAGE)));
  } else if (PARTS.includes(new URL(request.url).pathname)) {
    event.respondWith(caches.match(request).then((kept) => kept || fetch(request)));
  }
});

// A call: shown first, then reported if it comes with an address, so that the host knows whom to call by voice.
async function showCall({ title, body, lang, page, receipt }) {
  const icon = "{% static 'img/icon-192.png' %}";
  await registration.showNotification(title, { body, lang, icon, tag: page, renotify: true, data: page });
  if (receipt) await fetch(receipt, { method: "POST", credentials: "omit" }).catch(() => {});
}

async function openPage(page) {
  const pages = await clients.matchAll({ type: "window" });
  const open = pages.find(({ url }) => new URL(url).pathname === page);
  return open ? open.focus() : clients.openWindow(page);
}

addEventListener("push", (event) => event.waitUntil(showCall(event.data.json())));
addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openPage(event.notification.data));
});
