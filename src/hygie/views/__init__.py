"""View models, words, numbers and charts: what people read, in French and English. Pure, no model inside."""
