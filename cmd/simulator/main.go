// Command simulator serves simulated applications on loopback, for demonstrations,
// tests and a user's own pipelines. Alone it serves until it is told to stop; in
// front of another command it serves for the time of that command:
//
//	simulator [--keycloak ADDR]
//	simulator [--keycloak ADDR] -- COMMAND [ARG…]
package main

import "os"

func main() { os.Exit(simulate(os.Args[1:], os.Stdout, os.Stderr)) }
