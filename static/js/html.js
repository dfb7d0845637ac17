// Parses a page or a fragment that the server has sent; no script in it runs.
export const parseHTML = (html) => new DOMParser().parseFromString(html, "text/html");
