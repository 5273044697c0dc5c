package plan

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// shown are the fields that a line shows: those that differ, and of an object that is
// created those that matter to a reviewer, or all.
func (c Change[T]) shown(full bool) []Field {
	if c.Action != Create || c.After == nil {
		return c.Reason
	}
	return append(slices.Clip(c.Reason), review(reflect.ValueOf(*c.After), full)...)
}

func review(object reflect.Value, full bool) []Field {
	if object.Kind() != reflect.Struct {
		return nil
	}
	var fields []Field
	for i := range object.NumField() {
		f := object.Type().Field(i)
		if !comparable(f) || !full && !tagged(f, "review") {
			continue
		}
		for _, field := range inUnits(f, compareValue(fieldName(f), object.Field(i), reflect.Value{})) {
			if field.Before = ""; full && field.Secret {
				field.After = masked
			}
			if field.After != "" && field.After != absent && (full || !field.grantsNothing(tagged(f, "omitempty"))) {
				fields = append(fields, field)
			}
		}
	}
	return fields
}

// grantsNothing tells what no reviewer has to see: an empty list, and of a field that
// matters only where it is set also false and an empty text.
func (f Field) grantsNothing(omitEmpty bool) bool {
	return f.After == "[]" || omitEmpty && (f.After == "false" || f.After == `""`)
}

// inUnits prints numbers in the unit that their field is tagged with.
func inUnits(f reflect.StructField, fields []Field) []Field {
	for option, unit := range units() {
		if !tagged(f, option) {
			continue
		}
		for i := range fields {
			fields[i].Before, fields[i].After = convert(fields[i].Before, unit), convert(fields[i].After, unit)
		}
	}
	return fields
}

// unit says what -1 means, by which servers mean no limit, and prints everything else.
type unit struct {
	unlimited string
	print     func(int64) string
}

func units() map[string]unit {
	return map[string]unit{
		"bytes":   {"unlimited", inBytes},
		"seconds": {"unlimited", func(n int64) string { return inTime(time.Duration(n) * time.Second) }},
		"minutes": {"unlimited", func(n int64) string { return inTime(time.Duration(n) * time.Minute) }},
		"days":    {"never expires", func(n int64) string { return inTime(time.Duration(n) * day) }},
	}
}

// convert leaves a text alone.
func convert(text string, u unit) string {
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil || n < -1:
		return text
	case n == -1:
		return u.unlimited
	}
	return u.print(n)
}

const day = 24 * time.Hour

// inTime leaves out the units that are zero. Days are told where there are several.
func inTime(d time.Duration) string {
	if d >= 2*day && d%day == 0 {
		return fmt.Sprintf("%d days", d/day)
	}
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = strings.TrimSuffix(text, zero[1:])
		}
	}
	return text
}

// inBytes takes the largest unit that divides the number, so that nothing is rounded.
func inBytes(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	i := 0
	for ; n > 0 && n%1024 == 0 && i < len(units)-1; i++ {
		n /= 1024
	}
	return strconv.FormatInt(n, 10) + " " + units[i]
}
