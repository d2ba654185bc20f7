"""The class on the web: the gate before every address, the door through which people join, and who is asking."""
