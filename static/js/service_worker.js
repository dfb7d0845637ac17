// Keep an offline page. Browsers have service workers only on https and on this computer itself.
navigator.serviceWorker?.register("/service-worker.js");
