"""Commands for developers, such as `python -m tools.lint`; the site imports none of them."""
