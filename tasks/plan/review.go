package plan

import (
	"reflect"
	"slices"
	"strconv"
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
			if field.Before = ""; !field.Secret && field.After != absent {
				fields = append(fields, field)
			}
		}
	}
	return fields
}

// inUnits prints numbers in the unit that their field is tagged with.
func inUnits(f reflect.StructField, fields []Field) []Field {
	var unit func(int64) string
	switch {
	case tagged(f, "bytes"):
		unit = inBytes
	case tagged(f, "seconds"):
		unit = func(n int64) string { return (time.Duration(n) * time.Second).String() }
	default:
		return fields
	}
	for i := range fields {
		fields[i].Before, fields[i].After = convert(fields[i].Before, unit), convert(fields[i].After, unit)
	}
	return fields
}

// convert leaves text and -1 alone; servers use -1 for no limit.
func convert(text string, unit func(int64) string) string {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return text
	}
	return unit(n)
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
