// The other tabs of this browser that show the same page. They are one person, so they agree at once.
const channel = new BroadcastChannel(`jamsite ${location.pathname}`);

export const tellTabs = (news) => channel.postMessage(news);

export function hearTabs(listener) {
  channel.addEventListener("message", ({ data }) => listener(data));
}
