// Reads YAML, TOML and CEL with the readers that Go programs use. Each line of the input is a JSON object with a text and its
// format; each line of the output has what each reader found in it, as JSON.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	burntsushi "github.com/BurntSushi/toml"
	"github.com/google/cel-go/cel"
	pelletier "github.com/pelletier/go-toml/v2"
	yaml2 "gopkg.in/yaml.v2"
	yaml3 "gopkg.in/yaml.v3"
	kubernetes "sigs.k8s.io/yaml"
)

type input struct {
	Format string `json:"format"`
	Text   string `json:"text"`
}

func main() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) == 0 && err != nil {
			return
		}
		var in input
		if err := json.Unmarshal(line, &in); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		found := map[string]any{}
		for name, read := range readers[in.Format] {
			value, err := read(in.Text)
			if err != nil {
				value = "error: " + err.Error()
			}
			found[name] = value
		}
		if err := out.Encode(found); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

type reader func(text string) (any, error)

var readers = map[string]map[string]reader{
	"yaml": {
		"gopkg.in/yaml.v2": func(text string) (any, error) {
			decoder := yaml2.NewDecoder(strings.NewReader(text))
			return all(func() (any, error) {
				var value any
				err := decoder.Decode(&value)
				return plain(value), err
			})
		},
		"gopkg.in/yaml.v3": func(text string) (any, error) {
			decoder := yaml3.NewDecoder(strings.NewReader(text))
			return all(func() (any, error) {
				var value any
				err := decoder.Decode(&value)
				return value, err
			})
		},
		// kubectl and the API server read one document at a time.
		"sigs.k8s.io/yaml": func(text string) (any, error) {
			values := []any{}
			for _, document := range strings.Split(text, "\n---\n") {
				var value any
				if err := kubernetes.Unmarshal([]byte(document), &value); err != nil {
					return nil, err
				}
				values = append(values, value)
			}
			return values, nil
		},
	},
	// As the API server reads the expressions of policies.
	"cel": {
		"cel-go": func(text string) (any, error) {
			environment, err := cel.NewEnv()
			if err != nil {
				return nil, err
			}
			parsed, issues := environment.Compile(text)
			if issues.Err() != nil {
				return nil, issues.Err()
			}
			program, err := environment.Program(parsed)
			if err != nil {
				return nil, err
			}
			value, _, err := program.Eval(cel.NoVars())
			if err != nil {
				return nil, err
			}
			return value.Value(), nil
		},
	},
	"toml": {
		"BurntSushi/toml": func(text string) (any, error) {
			var value map[string]any
			_, err := burntsushi.Decode(text, &value)
			return value, err
		},
		"pelletier/go-toml": func(text string) (any, error) {
			var value map[string]any
			err := pelletier.Unmarshal([]byte(text), &value)
			return value, err
		},
	},
}

func all(next func() (any, error)) (any, error) {
	values := []any{}
	for {
		value, err := next()
		if errors.Is(err, io.EOF) {
			return values, nil
		}
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
}

// JSON has no keys but texts: another one shows what it is.
func plain(value any) any {
	switch value := value.(type) {
	case map[any]any:
		found := map[string]any{}
		for key, item := range value {
			name, isText := key.(string)
			if !isText {
				name = fmt.Sprintf("%T %v", key, key)
			}
			found[name] = plain(item)
		}
		return found
	case []any:
		for index := range value {
			value[index] = plain(value[index])
		}
	}
	return value
}
