// Whether a finger or a mouse button is down: nothing moves under it.
let pressed = false;

export const isPressed = () => pressed;

// Watches presses that begin in `element`, wherever they end; calls `released` when they do.
export function watchPointer(element, released = () => {}) {
  element.addEventListener("pointerdown", () => (pressed = true));
  for (const name of ["pointerup", "pointercancel"]) {
    addEventListener(name, () => {
      pressed = false;
      released();
    });
  }
}
