package transport

import (
	"errors"
	"fmt"
	"time"
)

// maxPages ends the reading of a server that ignores the page number and repeats itself.
const maxPages = 10_000

var errEndless = errors.New("the list does not end")

// Page is what to ask a server for, in whichever way it counts.
type Page struct {
	Number int // from 1
	Offset int // items before this page
	Size   int // items wanted
}

// All reads a list to its last page, which is the first one that is empty or shorter than size. It
// gives the whole list or an error, never a part: what is missing from a list would be created
// again. A page longer than size is an error, for the server then does not page as asked.
func All[T any](size int, fetch func(Page) ([]T, error)) ([]T, error) {
	return read(sized(size), fetch, wanted)
}

// Each is [All] for lists that are too long to keep: use gets page after page, and what it keeps is
// its own matter.
func Each[T any](size int, fetch func(Page) ([]T, error), use func([]T)) error {
	return walk(sized(size), fetch, wanted, use)
}

// EachPaced is [Each] in pages as large as the pace says. The server must count in items, not in
// pages.
func EachPaced[T any](pace *Pace, fetch func(Page) ([]T, error), use func([]T)) error {
	return walk(pace.next, fetch, wanted, use)
}

// AllCapped is [All] for servers that cut the page below the size asked for silently, as
// Gitea does above 50: the length of the first page is their size. A first page that is not full
// costs one more request, since it may be cut.
func AllCapped[T any](size int, fetch func(Page) ([]T, error)) ([]T, error) {
	return read(sized(size), fetch, func(_, first int) int { return first })
}

// AllCounted is [AllCapped] for servers that also say how many items the whole list holds: it does
// not ask for a page behind the last item. A total of 0 says nothing.
func AllCounted[T any](size int, fetch func(Page) (items []T, total int, err error)) ([]T, error) {
	total := 0
	return AllCapped(size, func(p Page) ([]T, error) {
		if total > 0 && p.Offset >= total {
			return nil, nil
		}
		items, n, err := fetch(p)
		total = n
		return items, err
	})
}

func sized(size int) func() int { return func() int { return size } }

// wanted is the size of a full page of a server that gives what it is asked for.
func wanted(size, _ int) int { return size }

func read[T any](size func() int, fetch func(Page) ([]T, error), full func(size, first int) int) ([]T, error) {
	var all []T
	if err := walk(size, fetch, full, func(page []T) { all = append(all, page...) }); err != nil {
		return nil, err
	}
	return all, nil
}

// walk stops at a page shorter than full, which is derived from the size asked for and the length
// of the first page.
func walk[T any](size func() int, fetch func(Page) ([]T, error), full func(size, first int) int, use func([]T)) error {
	offset, first := 0, 0
	for number := 1; number <= maxPages; number++ {
		want := size()
		page, err := fetch(Page{Number: number, Offset: offset, Size: want})
		if err != nil {
			return fmt.Errorf("reading page %d: %w", number, err)
		}
		if len(page) > want {
			return fmt.Errorf("reading page %d: asked for %d items, got %d", number, want, len(page))
		}
		if number == 1 {
			first = len(page)
		}
		offset += len(page)
		use(page)
		if len(page) == 0 || len(page) < full(want, first) {
			return nil
		}
	}
	return fmt.Errorf("reading %d pages: %w", maxPages, errEndless)
}

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
