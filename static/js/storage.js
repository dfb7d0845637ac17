// Settings that this browser keeps for its user. A browser that stores nothing just forgets them.
export function readSetting(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

// Returns whether the browser stored it.
export function writeSetting(key, value) {
  try {
    localStorage.setItem(key, value);
    return true;
  } catch {
    return false;
  }
}
