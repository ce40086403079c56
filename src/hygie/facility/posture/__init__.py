"""How far an organisation's controls are in place: questionnaire, imports, and the posture block of its file."""
