"""Running a jam: the console, what happens on stage, undo, and the report of the night."""
