"""What may be learnt from: files and repositories that are left out."""
