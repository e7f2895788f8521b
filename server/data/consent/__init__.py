"""Whether text may be kept: consents, licences, paths; asked at every write, failing closed."""
