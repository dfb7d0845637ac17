// What the jam page loads; joined into one file by core/static_storage.py.
import "../toasts.js";
import "../view.js";
import "../musician.js";
import "../sheet.js";
import "../live/board.js";
import "../queue.js";
import "../hearts.js";
import "../share.js";
import "../service_worker.js";
import "../theme_switch.js";
