"""A class: one teacher, many students, one machine. Who they are, what they may do, what is shown, asked and answered."""
