class CalcError(Exception):
    def __init__(self, message, line=None):
        super().__init__(message)
        self.line = line

    def __str__(self):
        text = super().__str__()
        return text if self.line is None else "line %d: %s" % (self.line, text)
