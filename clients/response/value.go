package response

// Value is what a field of an answer holds, or the zero value when the server left the field out.
func Value[T any](field *T) T {
	if field == nil {
		var zero T
		return zero
	}
	return *field
}
