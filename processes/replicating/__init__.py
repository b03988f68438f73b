"""Sites: how they stand, bringing them up to date, giving one up."""
