"""`relance demo`: a month in the life of the sample brand, played at speed."""
