"""From an answered prediction to its record, secrets taken out."""
