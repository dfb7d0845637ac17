"""How dates are written in a language where Django's formats are not ours (FORMAT_MODULE_PATH)."""
