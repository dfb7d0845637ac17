// Finds songs by the words that somebody types, without case, accents, apostrophes and other signs. The server compares
// in the same way (core/text.py), and finds songs on the list for a browser without JavaScript.
const LETTERS = { // Unicode does not decompose them
  æ: "ae", œ: "oe", ß: "ss", þ: "th", ð: "d", đ: "d", ø: "o", ł: "l", ı: "i", ħ: "h", ŧ: "t", ŋ: "n",
};

function fold(text) {
  const quoted = text.replace(/[`´ʹʻʼʽ‘’‚‛′‵‹›]/g, "'").toLowerCase().normalize("NFKD"); // ´ would become a blank
  return quoted.replace(/[\u0300-\u036f\ufe00-\ufe0f]/g, "").replace(/[æœßþðđøłıħŧŋ]/g, (letter) => LETTERS[letter]).normalize("NFC");
}

function findWords(folded) {
  const spelt = folded.replace(/([a-z])!(?=[a-z])/g, "$1i").replace(/\$(?=[a-z])/g, "s").replace(/([a-z])\$/g, "$1s").replaceAll("'", "");
  return spelt.replace(/&| \+ /g, " and ").match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
}

// What a row of a list is found by: its title and its artist.
export const songWords = (row) => `${row.querySelector(".song-title").textContent} ${row.querySelector(".song-by bdi").textContent}`;

// Returns a function that says whether a text has all the typed words; "acdc" also finds "AC/DC", "rem" "R.E.M.", and
// "???" a song that is called so.
export function matchWords(typed) {
  const signs = fold(typed).trim();
  const words = findWords(signs);
  return (text) => {
    const folded = fold(text);
    const found = findWords(folded);
    if (!words.length) return folded.includes(signs);
    return words.every((word) => found.join(" ").includes(word)) || found.join("").includes(words.join(""));
  };
}
