"""What people may ask of whoever keeps data about them: a copy of it, and that it does not stay for ever."""
