"""Writers of the formats that others read: one module for each."""
