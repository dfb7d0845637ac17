"""Static files in production: hashed names, also in the imports of JavaScript modules, and compressed copies."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise is untyped
    """Also replaces `import ... from "./module.js"`, so that a browser never mixes scripts of two releases."""

    support_js_module_import_aggregation = True
