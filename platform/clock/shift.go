package clock

// Back is the period in the other direction.
func (p Period) Back() Period { return Period{-p.Years, -p.Months, -p.Days, -p.Time} }
