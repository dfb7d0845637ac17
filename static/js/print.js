// The button that prints the page; the browser's own menu does the same without this script.
const button = document.getElementById("print");
button.hidden = false;
button.addEventListener("click", () => print());
