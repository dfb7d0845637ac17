// What every page loads; joined into one file by core/static_storage.py.
import "../service_worker.js";
import "../theme_switch.js";
import "../search.js";
