package transport

import "time"

// paceStep is by how much a page becomes larger or smaller than the one before it.
const paceStep = 4

// Pace is the size of the pages of a list of which a server is quick to give many items at once or
// slow to give a few, which is unknown before: each page that came soon makes the next one larger,
// and what did not come soon is never asked for again.
type Pace struct {
	Size  int              // of the first page
	Least int              // no page is smaller
	Most  int              // no page is larger
	Soon  time.Duration    // what a page may take
	Now   func() time.Time // the clock

	asked time.Time // when the last page was asked for
}

func (p *Pace) next() int {
	now := p.Now()
	switch {
	case p.asked.IsZero():
	case now.Sub(p.asked) < p.Soon:
		p.Size = min(p.Size*paceStep, p.Most)
	default:
		p.Most = max(p.Size/paceStep, p.Least)
		p.Size = p.Most
	}
	p.asked = now
	return p.Size
}
