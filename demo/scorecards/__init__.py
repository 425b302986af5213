"""Training of scorecards on published credit data: samples, monotone bins, logistic regression, and the document
that a bank loads. Statistics are floats here; what comes out is whole points."""
