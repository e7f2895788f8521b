"""What may be learnt from: licences, secrets, files and repositories that are left out."""
