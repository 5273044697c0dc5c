package harborprojects

const (
	jsonType   = "application/json"
	teamPrefix = "team-"
)

func value[T any](field *T) T {
	if field == nil {
		var none T
		return none
	}
	return *field
}
