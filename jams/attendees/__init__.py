"""The people of a jam: who somebody is there, and what they may do for themselves."""
