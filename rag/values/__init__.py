"""Values in texts that are compared as such, however they are written: figures, dates, names."""
