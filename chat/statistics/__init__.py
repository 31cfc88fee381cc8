"""Say how much figures can support: intervals, comparisons of two columns case by case, agreement, strengths.

Plain formulas on plain numbers, by the standard library alone; the tests hold them against scipy and
statsmodels. It knows no request, no answer and no screen. Start reading at `intervals`.
"""
