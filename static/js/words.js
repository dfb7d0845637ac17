// Finds songs by the words that somebody types, without case, accents, apostrophes and other signs. The server compares
// in the same way (jams/selectors/board_for_visitor.py) for a browser without JavaScript.
const LETTERS = { ł: "l", ø: "o", đ: "d", ð: "d", ı: "i", æ: "ae", œ: "oe", ß: "ss", þ: "th" }; // Unicode does not decompose them

function findWords(text) {
  const folded = text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").replace(/[łøđðıæœßþ]/g, (letter) => LETTERS[letter]);
  return folded.replace(/['‘’`´]/g, "").replaceAll("&", " and ").match(/[\p{L}\p{N}]+/gu) ?? [];
}

// Returns a function that says whether a text has all the typed words; "acdc" also finds "AC/DC".
export function matchWords(typed) {
  const words = findWords(typed);
  return (text) => {
    const found = findWords(text);
    return words.every((word) => found.join(" ").includes(word)) || found.join("").includes(words.join(""));
  };
}
