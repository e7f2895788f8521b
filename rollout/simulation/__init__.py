"""What a policy does to users who never were: how often it errs, and how long it takes."""
