//! The command line.

use std::collections::HashMap;

use crate::service::Error;

/// Options, each `--name=value`.
pub struct Options(HashMap<String, String>);

impl Options {
    /// Reads the command and its options.
    pub fn from_args() -> Result<(String, Options), Error> {
        let mut args = std::env::args().skip(1);
        let command = args.next().ok_or("there is no command")?;
        let mut values = HashMap::new();
        for arg in args {
            let (name, value) = arg
                .strip_prefix("--")
                .and_then(|option| option.split_once('='))
                .ok_or_else(|| format!("{arg} is not --name=value"))?;
            values.insert(name.to_string(), value.to_string());
        }
        Ok((command, Options(values)))
    }

    /// The value of an option, if it is there.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value of an option.
    pub fn get(&self, name: &str) -> Result<&str, Error> {
        self.find(name)
            .ok_or_else(|| format!("option --{name} is missing").into())
    }
}
