package values_test

import (
	"context"
	"fmt"
	"strings"

	"otomi.io/tasks/tasks/values"
)

func ExampleLoad() {
	v, err := values.Load(context.Background(), values.Request{
		Sources: []string{"../../examples/values"},
		Env:     map[string]string{"KEYCLOAK_ADDRESS_INTERNAL": "http://keycloak-http.keycloak"},
		App:     values.AppKeycloak,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(v.TeamIDs(), v.Apps.Keycloak.Address, v.Apps.Keycloak.AdminPassword)
	// Output: [payments search storefront] http://keycloak-http.keycloak ***
}

func ExampleProblems() {
	_, err := values.Load(context.Background(), values.Request{
		Sources: []string{"-"},
		Stdin:   strings.NewReader("apps: {keycloak: {tokenTTL: 0}}\nteamConfig: {my_team: {password: '***'}}\n"),
	})
	fmt.Println(err)
	// Output:
	// -:1:29: apps.keycloak.tokenTTL: 0 is not between 1 and 2147483647
	// -:2:14: teamConfig.my_team: team id "my_team" is not a DNS label (a-z, 0-9 and -, at most 58)
	// -:2:34: teamConfig.my_team.password: the secret is only "*": a masked value, not the real one
}
