"""The parts of bench/compare: what is measured (work.py), by which programs (programs.py), how they take turns
(rounds.py), what is made of the numbers (figures.py), and how they are shown (tables.py, chart.py)."""
