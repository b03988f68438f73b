"""Having things back: views, index, database, a whole archive; and trying whether that would work."""
