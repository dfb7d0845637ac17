// The songs in the queue as the page shows them, and which of them are mine.
export const queue = () => document.getElementById("queue");
export const queueRows = () => [...document.querySelectorAll("#queue > .entry")];
export const entryId = (row) => row.id.replace("entry-", "");
export const songTitle = (row) => row.querySelector(".song-title").textContent;

export const splitWords = (text = "") => text.split(" ").filter(Boolean);
export const me = () => document.getElementById("me");
export const isMusician = () => me().matches("[data-musician]");
export const myEntries = () => splitWords(me().dataset.songs);
